from __future__ import annotations

import io
import os
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.application.service import Application
from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, Logger, LogLevel, LogPublisher
from twisted.python import log as legacy
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from chatdaemon import logs
from chatdaemon.logs import LEVELS, LINE_LIMIT, LineObserver, is_journal, one_line


class Log:
    """A logger, and what its observer wrote."""

    def __init__(
        self, namespace: str = "chatdaemon.node", *, journal: bool = False, level: str = "info"
    ) -> None:
        self.stream = io.BytesIO()
        self.observer = LineObserver(self.stream, journal=journal, level=level)
        self.logger = Logger(namespace=namespace, observer=self.observer)

    @property
    def text(self) -> str:
        return self.stream.getvalue().decode()

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")[:-1]


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def test_the_observer_is_what_twisted_asks_for() -> None:
    assert verifyObject(ILogObserver, LineObserver(io.BytesIO()))


def test_on_a_terminal_a_line_has_the_local_time_with_its_zone_and_the_level() -> None:
    log = Log()
    log.logger.info("listening on {where}", where="127.0.0.1:6667")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d info: listening on 127.0.0.1:6667\n", log.text
    )


@pytest.mark.parametrize(
    ("level", "prefix"),
    [("debug", "<7>"), ("info", "<6>"), ("warn", "<4>"), ("error", "<3>"), ("critical", "<2>")],
)
def test_in_the_journal_a_line_begins_with_its_priority(level: str, prefix: str) -> None:
    log = Log(journal=True, level="debug")
    log.logger.emit(LogLevel.levelWithName(level), "hello")
    assert log.lines == [f"{prefix}hello"]


@pytest.mark.parametrize("level", LEVELS)
def test_only_events_at_or_above_the_level_are_written(level: str) -> None:
    log = Log(journal=True)
    log.observer.level = level
    for name, constant in LEVELS.items():
        log.logger.emit(constant, name)
    names = list(LEVELS)
    assert [line[3:] for line in log.lines] == names[names.index(level) :]
    assert log.observer.level == level


def test_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        LineObserver(io.BytesIO(), level="loud")
    observer = LineObserver(io.BytesIO())
    with pytest.raises(KeyError):
        observer.level = "loud"
    assert observer.level == "info"


def test_what_twisted_does_as_routine_is_for_debugging_only() -> None:
    log = Log("twisted.internet.protocol", journal=True)
    log.logger.info("Starting factory")
    assert log.lines == []
    log.observer.level = "debug"
    log.logger.info("Starting factory")
    assert log.lines == ["<7>[twisted.internet.protocol] Starting factory"]


def test_what_twisted_warns_of_is_written() -> None:
    log = Log("twisted.internet.base", journal=True)
    log.logger.warn("trouble")
    assert log.lines == ["<4>[twisted.internet.base] trouble"]


def test_legacy_events_are_shown_with_their_text() -> None:
    stream = io.BytesIO()
    publisher = legacy.LogPublisher(
        publishPublisher=LogPublisher(LineObserver(stream, journal=True, level="debug"))
    )
    publisher.msg("an old friend", system="somewhere")
    assert b"an old friend\n" in stream.getvalue()
    assert stream.getvalue().count(b"\n") == 1


def test_fields_that_the_format_does_not_show_follow_it() -> None:
    log = Log(journal=True)
    log.logger.info("{nick} left", nick="alice", reason="Ping timeout: 120 s", channels=3, note="")
    assert log.lines == ["<6>alice left reason='Ping timeout: 120 s' channels=3 note=''"]


def test_fields_shown_by_attribute_index_or_call_are_not_repeated() -> None:
    log = Log(journal=True)
    log.logger.info("{a.real} {b[0]} {c()}", a=1, b=[2], c=lambda: 3)
    assert log.lines == ["<6>1 2 3"]


def test_a_newline_in_a_field_cannot_begin_a_record() -> None:
    log = Log(journal=True)
    log.logger.warn("refused {nick}", nick="eve\n<0>chatdaemon: all is lost", host="x\r\n<1>y")
    assert log.lines == ["<4>refused eve\\n<0>chatdaemon: all is lost host=x\\r\\n<1>y"]


def test_a_failure_is_one_record_with_its_traceback_and_cause() -> None:
    log = Log(journal=True)
    try:
        try:
            raise KeyError("missing")
        except KeyError as cause:
            raise ValueError("first\nsecond") from cause
    except ValueError:
        log.logger.failure("applying {entry}", entry=7)
    (line,) = log.lines
    assert line.startswith("<2>applying 7 Traceback (most recent call last): | File ")
    assert "KeyError: 'missing' | The above exception was the direct cause" in line
    assert line.endswith("ValueError: first | second")


def test_a_failure_that_a_deferred_carried_keeps_its_frames() -> None:
    log = Log(journal=True)

    def inner(_: None) -> None:
        raise ValueError("late")

    deferred: Deferred[None] = Deferred()
    deferred.addCallback(inner)
    seen: list[Failure] = []
    deferred.addErrback(seen.append)
    deferred.callback(None)
    seen[0].cleanFailure()
    log.logger.failure("oops", failure=seen[0])
    (line,) = log.lines
    assert "Traceback" in line
    assert "inner" in line
    assert line.endswith("ValueError: late")


def test_an_exception_without_text_is_still_one_record() -> None:
    log = Log(journal=True)
    log.logger.failure("oops", failure=Failure(RuntimeError()))
    (line,) = log.lines
    assert "RuntimeError" in line


def test_an_object_that_cannot_be_shown_does_not_lose_the_record() -> None:
    log = Log(journal=True)
    log.logger.error("shown {it}", it=Broken())
    log.logger.error("not shown", it=Broken())
    assert len(log.lines) == 2
    assert "no text" in log.lines[0]
    assert log.lines[1].startswith("<3>not shown it=")


def test_a_broken_format_does_not_lose_the_record() -> None:
    log = Log(journal=True)
    log.logger.error("half {open", it="the value")
    (line,) = log.lines
    assert "the value" in line


def test_a_long_record_is_cut_before_the_journal_would_split_it() -> None:
    log = Log(journal=True)
    log.logger.info("{text}", text="é" * LINE_LIMIT)
    (line,) = log.lines
    assert len(line.encode()) < LINE_LIMIT
    assert line.endswith("é [cut]")


def test_an_event_without_a_time_is_written_with_the_present_one() -> None:
    log = Log()
    log.observer({"log_format": "bare", "log_namespace": "chatdaemon"})
    log.observer({"log_format": "far", "log_namespace": "chatdaemon", "log_time": 1e300})
    assert [line.partition(" info: ")[2] for line in log.lines] == ["bare", "far"]


def test_a_stream_that_fails_is_borne_in_silence() -> None:
    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError("no space left")

    LineObserver(Full())(
        {"log_format": "lost", "log_namespace": "chatdaemon", "log_level": LogLevel.critical}
    )
    closed = io.BytesIO()
    closed.close()
    LineObserver(closed)(
        {"log_format": "lost", "log_namespace": "chatdaemon", "log_level": LogLevel.critical}
    )


values = st.one_of(
    st.text(),
    st.binary(),
    st.integers(),
    st.none(),
    st.floats(),
    st.lists(st.text()),
    st.builds(Broken),
    st.builds(object),
)
events = st.dictionaries(
    st.one_of(
        st.sampled_from(
            [
                "log_format",
                "log_level",
                "log_namespace",
                "log_time",
                "log_failure",
                "log_system",
                "log_flattened",
                "nick",
            ]
        ),
        st.text(),
    ),
    st.one_of(
        values,
        st.sampled_from(list(LEVELS.values())),
        st.sampled_from(["chatdaemon.x", "{nick}", "{nick!r:>5}", "{nick.x}", "a\nb\r<0>"]),
        st.builds(lambda text: Failure(ValueError(text)), st.text()),
    ),
)


@given(events, st.booleans())
def test_no_event_raises_or_writes_more_than_one_line(event: dict[str, Any], journal: bool) -> None:
    stream = io.BytesIO()
    LineObserver(stream, journal=journal, level="debug")(event)
    written = stream.getvalue()
    assert written.count(b"\n") == 1
    assert written.endswith(b"\n")
    assert len(written) <= LINE_LIMIT
    assert written[:-1].decode().isprintable()


@given(st.text())
def test_one_line_has_only_printable_characters_and_keeps_printable_text(text: str) -> None:
    shown = one_line(text)
    assert shown.isprintable()
    if text.isprintable():
        assert shown == text


def test_a_terminal_escape_is_shown_as_an_escape() -> None:
    assert one_line("\x1b[2J\u202eevil\u2028") == "\\x1b[2J\\u202eevil\\u2028"


def test_the_journal_is_known_by_the_device_and_inode_that_systemd_names() -> None:
    reader, writer = os.pipe()
    try:
        stat = os.fstat(writer)
        assert is_journal(writer, {"JOURNAL_STREAM": f"{stat.st_dev}:{stat.st_ino}"})
        assert not is_journal(writer, {"JOURNAL_STREAM": f"{stat.st_dev}:{stat.st_ino + 1}"})
        assert not is_journal(writer, {})
    finally:
        os.close(reader)
        os.close(writer)
    assert not is_journal(writer, {"JOURNAL_STREAM": "1:2"})


def test_the_process_has_one_observer_so_that_its_level_can_be_set_later() -> None:
    assert logs.observer() is logs.observer()


def test_twistd_uses_the_attached_observer() -> None:
    application = Application("chatdaemon")
    logs.attach(application)
    assert application.getComponent(ILogObserver) is logs.observer()


def test_a_parent_that_is_no_application_is_left_alone() -> None:
    logs.attach(object())
