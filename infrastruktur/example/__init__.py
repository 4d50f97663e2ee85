"""An invented StädteRegion of real size, to try everything on before real data is there.

It is scenery: believable in size and shape, with the faults of real lists, and every row says Beispiel.
"""

from infrastruktur.example.region import ExampleReport, write_example

__all__ = ["ExampleReport", "write_example"]
