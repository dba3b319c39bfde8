"""The way of an alert to people: small stages, each of which lets it go on or says why not."""
