"""Where work runs: jobs joined to our own transactions, behind one small seam."""
