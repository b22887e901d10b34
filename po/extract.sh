#!/bin/sh
# extract.sh SRCDIR FILE - what stands in the pages, for translators, by the
# names of www/lang.h. XGETTEXT may name the program.
out=$2
case $out in
/*) ;;
*) out=$(pwd)/$out ;;
esac
cd "$1" && exec "${XGETTEXT:-xgettext}" --from-code=UTF-8 \
    --keyword --keyword=T:1 --keyword=N_:1 --keyword=TN:1,2 \
    --keyword=SAY:2 --flag=SAY:2:c-format --flag=TN:1:c-format \
    --no-location --sort-output --package-name=rbld -o "$out" www/*.c www/*.h
