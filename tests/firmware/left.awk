# Leaves a scenario file's left halves: what its author writes. Right halves, and the lines that follow by themselves, go.
/^\|/ { next }
{
    body = $0
    comment = ""
    if (match($0, /(^|[ \t])#([ \t]|$)/)) {
        begin = substr($0, RSTART, 1) == "#" ? RSTART : RSTART + 1
        body = substr($0, 1, begin - 1)
        comment = substr($0, begin)
    }
    arrow = index(body, "->")
    print (arrow ? substr(body, 1, arrow - 1) : body) comment
}
