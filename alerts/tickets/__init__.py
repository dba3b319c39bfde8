"""The pure decisions of the built-in desk: how pressing a ticket is, whose it is, when it is due, how the desk did."""
