"""What every Plotly chart stands on."""

import subprocess
import sys


def test_no_chart_can_meet_pandas_half_loaded():
    """A thread reads pandas ahead while somebody opens the first page with a chart."""
    code = "import sys, dashboard.charts.base; sys.exit('pandas' not in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
