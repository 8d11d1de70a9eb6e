# Which section of docs/CONSOLE.md is the help of which page, as rows of the table in manual.c. Behind a heading stands
#     <!-- pages: NAME NAME -->
# with the names of templates; behind the manual's own heading those of pages whose help is the whole manual.
#     awk -f manual_slug.awk -f manual_pages.awk CONSOLE.md
/^##* / {
    slug = ""
    if ($1 != "#")
        slug = slug_of(substr($0, length($1) + 2))
}
/^<!-- pages: .* -->$/ {
    for (i = 3; i < NF; i++)
        printf "{\"%s\", \"%s\"},\n", $i, slug
}
