"""`python -m assistant` is the command `assistant`."""

import sys

from .cli.main import main

sys.exit(main())
