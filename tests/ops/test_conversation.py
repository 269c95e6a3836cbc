"""Library functions that take turns with the program end with it."""

from __future__ import annotations

import threading
import time

from autograph.ops.conversation import Conversation, Proxy


def test_a_conversation_ends_that_is_abandoned_before_its_question_is_taken():
    ended = threading.Event()

    def library(f):
        try:
            return f(1.0)
        finally:
            ended.set()

    before = threading.enumerate()
    conversation = Conversation(library, (Proxy(0, (((float,),),)),), {})
    (thread,) = [t for t in threading.enumerate() if t not in before]
    while conversation._asked.locked():
        time.sleep(0.001)
    conversation.abandon()
    assert ended.wait(10)
    thread.join(10)
    assert not thread.is_alive()
