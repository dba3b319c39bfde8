"""The services that know who the customers are, each read as a directory."""
