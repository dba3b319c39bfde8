"""The application: keeps, schedules, shows."""

import os

# Set before numpy is met, here and in each process that this one starts: the tables of one batch are small, and
# threads of BLAS spend more on waiting for each other than they gain.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
