from chatdaemon.realm.refusal import Reason, Refusal


def test_refusals_are_equal_when_they_say_the_same() -> None:
    refusal = Refusal(Reason.OUTRANKED, "#x", "bob")
    assert refusal == Refusal(Reason.OUTRANKED, "#x", "bob")
    assert len({refusal, Refusal(Reason.OUTRANKED, "#x", "bob")}) == 1
    assert refusal != Refusal(Reason.OUTRANKED, "#x", "eve")
    assert refusal != Refusal(Reason.OUTRANKED, "#x")
    assert refusal != (Reason.OUTRANKED, "#x", "bob")
