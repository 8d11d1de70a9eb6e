# A manual as cmark-gfm makes HTML of it, for the console: with its contents, headings that can be linked to (as on forges,
# so that links between manuals hold there, too), and tables and code that can be scrolled. What leads to a file that is
# not served is words.
#     awk -v pages="ADMIN CONSOLE" -f manual_slug.awk -f manual.awk
BEGIN {
    count = split(pages, list, " ")
    for (i = 1; i <= count; i++)
        known[list[i] ".md"] = 1
}

function is_served(target) {
    if (target ~ /^(#|https?:)/)
        return 1
    sub(/#.*/, "", target)
    return target in known
}

# A link may end on a later line than it begins.
function with_links(line,    out, tag) {
    while (match(line, /<a href="[^"]*">|<\/a>/)) {
        tag = substr(line, RSTART, RLENGTH)
        out = out substr(line, 1, RSTART - 1)
        line = substr(line, RSTART + RLENGTH)
        if (tag != "</a>")
            is_link = is_served(substr(tag, 10, length(tag) - 11))
        if (is_link)
            out = out tag
    }
    return out line
}

/^<h[2-4]>/ {
    level = substr($0, 3, 1)
    heading = substr($0, 5, length($0) - 9)
    slug = slug_of(heading)
    if (level <= 3)
        contents = contents "<li class=\"level-" level "\"><a href=\"#" slug "\">" heading "</a></li>\n"
    $0 = "<h" level " id=\"" slug "\">" heading "</h" level ">"
}
{
    sub(/^<table>/, "<div class=\"table-wrap\" tabindex=\"0\"><table class=\"table\">")
    sub(/^<\/table>/, "</table></div>")
    sub(/^<pre>/, "<pre tabindex=\"0\">")
    sub(/^<p><img /, "&loading=\"lazy\" ")
    lines[NR] = with_links($0)
}
END {
    for (i = 1; i <= NR; i++) {
        print lines[i]
        if (lines[i] ~ /^<h1>/)
            printf "<nav class=\"manual-contents\" aria-label=\"Contents\"><ul>\n%s</ul></nav>\n", contents
    }
}
