"""The configuration's parts: reads the file, table by table, and tells what is wrong with it."""
