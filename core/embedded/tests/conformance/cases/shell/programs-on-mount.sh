#!/bin/bash
# Programs and scripts that lie in the directory itself.
mkdir bin
cat >bin/script <<'END'
#!/bin/sh
echo "script $0 got $*"
exit 3
END
chmod +x bin/script
bin/script a 'b c'; echo $?
"$D"/bin/script; echo $?
PATH=$D/bin:$PATH script by-path; echo $?
cp /bin/echo bin/say
bin/say from a copied binary
PATH=bin:$PATH say again
printf '#!%s/bin/say -n\n' "$D" >bin/nested; chmod +x bin/nested
bin/nested x; echo " $?"
printf '#!/usr/bin/env -S sh -e\necho env "$1"\n' >bin/by-env; chmod +x bin/by-env
bin/by-env one
cp /bin/cat bin/not-executable; chmod -x bin/not-executable
bin/not-executable </dev/null; echo $?
bin/missing; echo $?
bin; echo $?
echo 'echo no interpreter line' >bin/bare; chmod +x bin/bare; bin/bare
printf '#!/no/such/interpreter\n' >bin/bad; chmod +x bin/bad; bin/bad 2>/dev/null; echo $?
sh bin/script read by the shell; . bin/bare
find . -name say -exec {} executed by find \;
(exec bin/script last); echo $?
