# Divides an image's code among the crates it was written in: reads `addr2line --addresses --inlines` of every second byte
# of code, prints "crate bytes", largest first is for sort. What was merged into another function is still its author's;
# what is the core library's counts for who called it, unless nobody did.
function crate(place) {
    if (match(place, /\/registry\/src\/[^\/]+\/[^\/]+/)) {
        place = substr(place, RSTART, RLENGTH)
        sub(/.*\//, "", place)
        sub(/-[0-9]+\..*/, "", place)
        return place
    }
    if (place ~ /\/library\/|\/rustc\//) return ""
    if (place ~ /\/examples\/firmware\/platform\//) return "platform"
    if (place ~ /\/examples\/firmware\//) return "image"
    if (place ~ /\/core\/notation\//) return "relink-notation"
    if (place ~ /\/tests\/scenario\//) return "relink-scenario"
    if (place ~ /\/core\/src\//) return "relink-core"
    if (place ~ /\/profiles\/src\//) return "relink-profiles"
    if (place ~ /\/embedded-adapter\/src\//) return "relink-embedded"
    return ""
}
function count() {
    if (seen) bytes[whose == "" ? "core" : whose] += 2
    whose = ""
    seen = 1
}
/^0x/ { count(); next }
whose == "" { whose = crate($0) }
END {
    count()
    for (name in bytes) if (bytes[name] >= 100) print name, bytes[name]; else rest += bytes[name]
    print "rest", rest + 0
}
