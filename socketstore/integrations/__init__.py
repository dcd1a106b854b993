"""One module for each optional package; nothing is switched on by merely being installed."""
