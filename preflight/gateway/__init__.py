"""sendSavedMMS: a request, its one POST, what came back, and the ledger that keeps it from going out twice."""
