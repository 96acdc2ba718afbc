#!/bin/sh
# Tcl's own virtual file layer on top of ours.
# needs: tclsh
cat >script.tcl <<'END'
file mkdir a/b
set f [open a/x w]
puts $f "one\ntwo"
close $f
set f [open a/x a+]
puts $f three
seek $f 0
puts [read $f]
close $f
file copy a/x a/y
file rename a/y a/b/z
puts [lsort [glob -directory a *]]
file stat a/x s
puts "$s(size) $s(type) $s(nlink)"
file link -symbolic a/l x
puts [file readlink a/l]
puts [file exists a/none]
cd a/b
puts [file tail [pwd]]
puts [exec cat z]
file delete -force ../../a
puts [catch {open missing} message]
puts $message
END
tclsh script.tcl; echo $?
ls -A
