"""The sandbox: hosting with every fault, and a gateway that fetches by the documented rules, both on loopback."""
