"""Ten order books, kept up to date from a feed of the exchange Coinbase."""
