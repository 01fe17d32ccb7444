import pytest

PARTS = 8
ROWS_OF_PART = 32


@pytest.fixture(autouse=True)
def few_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Divide work among fewer programs than a GPU wants, for they are interpreted one by one."""
    monkeypatch.setattr("model.fast.kernels.gated.CHUNKS", PARTS)
    monkeypatch.setattr("model.fast.kernels.triton_group_norm_parts.PART", ROWS_OF_PART)
