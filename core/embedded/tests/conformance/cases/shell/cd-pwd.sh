#!/bin/bash
# The working directory, logical and physical, inherited and left again.
mkdir -p one/two/three
ln -s one/two short
cd one/two/three; pwd; pwd -P; /bin/pwd
cd ../..; pwd
cd "$D/short"; pwd; pwd -P; /bin/pwd
echo here >where; ls; cat ../two/where
cd ..; pwd
cd - >/dev/null; pwd
cd -P ..; pwd
cd missing; echo "status $?"; pwd
touch file; cd file; echo "status $?"
(cd three; pwd); pwd
cd two/three && sh -c 'pwd; cd ..; pwd; ls'
cd "$OUT"; pwd; ls -A; cd "$D/one"; pwd
pushd two >/dev/null; pwd; popd >/dev/null; pwd
cd /; ls -d "$D"; cd "$D"; ls
cd one/./two//three/../..; pwd
env -C two pwd
