"""The offline half: articles -> passages -> vectors and words in a store."""

import logging
import os

# onnxruntime reports what it runs to its makers, unless this is set before it is loaded, by
# whichever library.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

logging.getLogger(__name__).addHandler(logging.NullHandler())
