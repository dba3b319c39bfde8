"""Help desks outside: each kind in a file of its own, behind one contract."""
