"""`python -m gomemlab` is the same program as the installed `gomemlab`."""

import sys

from gomemlab.cli import main

sys.exit(main())
