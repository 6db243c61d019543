"""A webhook for both ways: it logs what is said in a channel, and answers !hello.

/msg ChanServ HOOK #news ADD echo http://127.0.0.1:9797/  says the secret (docs/webhooks.md: allow-internal)
/msg ChanServ HOOK #news ADD echo                         says the address to post to
HOOK_SECRET=... HOOK_URL=http://127.0.0.1:8067/hook/... python examples/webhook.py 9797
"""

import hashlib
import hmac
import json
import logging
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import Request, urlopen


class Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        at, signature = (self.headers.get(f"X-Chatdaemon-{name}", "") for name in ("Timestamp", "Signature"))
        signed = hmac.new(os.environ["HOOK_SECRET"].encode(), f"{at}.".encode() + body, hashlib.sha256)
        genuine = hmac.compare_digest(f"sha256={signed.hexdigest()}".encode(), signature.encode())
        fresh = genuine and abs(time.time() - int(at)) < 300
        self.send_response(204 if fresh else 403)
        self.end_headers()
        event = json.loads(body) if fresh else {}
        if event.get("event") == "message":
            logging.info("%s <%s> %s", event["msgid"], event["from"]["nick"], event["text"])
            if event["text"] == "!hello":
                answer = json.dumps({"text": f"Hello, {event['from']['nick']}!", "name": "echo"})
                headers = {"Content-Type": "application/json"}
                urlopen(Request(os.environ["HOOK_URL"], answer.encode(), headers)).close()


logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Hook).serve_forever()
