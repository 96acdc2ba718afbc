#!/bin/bash
# set -C refuses to overwrite regular files, and nothing else.
set -C
echo first >f
echo second >f; echo "status $?"
echo third >|f; cat f
echo null >/dev/null; echo "status $?"
mkdir d
echo x >d; echo "status $?"
ln -s nowhere dangling
echo x >dangling; echo "status $?"
echo more >>f; cat f
