"""The network side: what a URL, an address and a response head are, and the one reader that fetches media."""
