"""The contract suite: what every component of a port must do, for the built-in ones and for anybody else's.

One module for each port, one function for each check; its name is the sentence that is shown.
"""

from pipeline.component_check.suites import check_component
from pipeline.component_check.verdict import Verdict

__all__ = ["Verdict", "check_component"]
