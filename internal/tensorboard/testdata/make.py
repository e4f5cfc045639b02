"""Writes an event file by TensorBoard's own writer, and checks event files by its own reader.

    python make.py                       writes scalars.tfevents
    python make.py RUN                   prints the scalars of a run's event file as TensorBoard reads them

Needs tensorboard.
"""
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

EVENTS = [
    Event(wall_time=1700000000.25, file_version="brain.Event:2"),
    Event(wall_time=1700000001.5, step=1, summary=Summary(value=[
        Summary.Value(tag="train/loss", simple_value=0.5), Summary.Value(tag="train/learning_rate", simple_value=1e-3)])),
    Event(wall_time=1700000002, step=300, summary=Summary(value=[Summary.Value(tag="dev/score", simple_value=-2.75)])),
]

if len(sys.argv) == 1:
    with open(pathlib.Path(__file__).parent / "scalars.tfevents", "wb") as file:
        writer = RecordWriter(file)
        for event in EVENTS:
            writer.write(event.SerializeToString(deterministic=True))
        writer.flush()
else:
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*tfevents*")):
        print(path.name, sum(1 for _ in RawEventFileLoader(str(path)).Load()), "records")
    accumulator = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0})
    accumulator.Reload()
    tags = accumulator.Tags()
    for tag in tags["scalars"]:
        print(tag, [(e.step, e.value) for e in accumulator.Scalars(tag)])
    assert tags["scalars"], tags
