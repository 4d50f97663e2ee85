"""The network and its searches: street data in, travel times out; arrays only, no database, no HTTP."""
