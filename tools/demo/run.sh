#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# run.sh FSU [IMAGE]: the demonstration itself; ./demo builds FSU and calls it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
export PATH
export PYTHONDONTWRITEBYTECODE=1
exec python3 "$here/account.py" "$@"
