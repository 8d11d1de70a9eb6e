# The id of a heading, as forges make it. Of its HTML, or of its Markdown without marks.
function slug_of(heading) {
    gsub(/<[^>]*>/, "", heading)
    gsub(/&[a-z]+;/, "", heading)
    heading = tolower(heading)
    gsub(/[^a-z0-9 _-]/, "", heading)
    gsub(/ /, "-", heading)
    return heading
}
