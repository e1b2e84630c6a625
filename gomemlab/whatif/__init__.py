"""What would have happened: another GOGC or memory limit for a service whose gctrace log you have.

    setting      GOGC and GOMEMLIMIT as people write them
    logs         whose cycles a log holds, and the setting it was recorded under
    service      what the log tells of the service, apart from the setting
    replay       the service again, under another setting, with the real pacer
    estimate     intervals, measured on recorded services
    prediction   the question and its answer
    words        how an answer reads
    grid         a map of answers over GOGC and limit
    recordings   recorded runs of real Go services
    record       the harness that records them
    validate     how far the predictions miss them
    command      `python -m gomemlab whatif`

Go: runtime/mgcpacer.go, gcControllerState.
"""

from gomemlab.whatif.estimate import Estimate
from gomemlab.whatif.grid import Map, what_if_map
from gomemlab.whatif.prediction import Prediction, what_if
from gomemlab.whatif.setting import Setting

__all__ = ["Estimate", "Map", "Prediction", "Setting", "what_if", "what_if_map"]
