"""HiGHS as it is wanted here: it says nothing, and answers the same every time."""

import highspy


class Solver(highspy.Highs):
    """A HiGHS with one thread and one seed that writes nothing to the terminal."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def enableCallbacks(self) -> None:  # noqa: N802 - named by HiGHS
        """Be silent first: from 1.12 on HiGHS writes its name to standard output while it is being made."""
        self.setOptionValue("output_flag", False)  # noqa: FBT003 - HiGHS takes options by place
        self.setOptionValue("threads", 1)
        self.setOptionValue("random_seed", 0)
        super().enableCallbacks()  # type: ignore[no-untyped-call]
