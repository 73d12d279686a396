"""How long who waits for whom, in seconds: the web process, its service and the server in front of
it must agree.
"""

from typing import Final

#: Requests under way when the web process is told to stop are waited for so long.
GRACE_S: Final = 10
#: Longer than proxies and phones keep a connection: it is for them to close it. A server that
#: closes first meets requests that are under way, and a POST is not sent again by itself.
KEEP_ALIVE_S: Final = 75
