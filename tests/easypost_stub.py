"""EasyPost on loopback, for tests: it sells labels, and behaves as badly as it is told to."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LABEL = b"%PDF-1.4\n%%EOF"


class EasyPostStub:
    """EasyPost on loopback: keeps what was sold, and behaves as badly as it is told to."""

    def __init__(self):
        self.sold, self.calls, self.mode = {}, Counter(), "fine"
        self.arrived = set()
        self.go_on = threading.Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                stub.answer(self, None)

            def do_POST(self):
                size = int(self.headers.get("Content-Length") or 0)
                stub.answer(self, json.loads(self.rfile.read(size) or b"{}"))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}/v2"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request, body):
        path = request.path.removeprefix("/v2")
        if path == "/label.pdf":
            return self.say(request, 200, LABEL, "application/pdf")
        what = path.rpartition("/")[2] if path.endswith(("/buy", "/refund")) else "shipments"
        self.calls[what] += 1
        shipment = path.split("/")[2] if len(path.split("/")) > 2 else f"shp_{self.calls[what]}"
        if self.mode == "down":
            return request.connection.close()
        if what == "buy":
            return self.buy(request, shipment)
        if what == "refund":
            self.sold.pop(shipment)
        return self.say(request, 200, self.shipment(shipment))

    def buy(self, request, shipment):
        if self.mode == "refuses":
            error = {"error": {"code": "SHIPMENT.POSTAGE.FAILURE", "message": "insufficient funds"}}
            return self.say(request, 422, error)
        if self.mode == "late":  # it sells, but its answer comes too late
            self.go_on.wait(10)
        if self.mode == "forgets":  # it sells, and the line breaks
            self.sold[shipment] = self.sold.get(shipment, 0) + 1
            return request.connection.close()
        if self.mode == "lost":  # it never heard of it
            return request.connection.close()
        if self.mode == "nonsense":
            self.sold[shipment] = self.sold.get(shipment, 0) + 1
            return self.say(request, 200, b"<html>oops", "text/html")
        self.sold[shipment] = self.sold.get(shipment, 0) + 1
        return self.say(request, 200, self.shipment(shipment))

    def shipment(self, name):
        rates = [
            {"id": f"rate_{name}_{n}", "object": "Rate", "carrier": "USPS", "service": service,
             "rate": rate, "currency": "USD", "delivery_days": days}
            for n, (service, rate, days) in enumerate((("Priority", "9.10", 2), ("Express", "31.00", 1)))
        ]  # fmt: skip
        told = {"id": name, "object": "Shipment", "rates": rates, "postage_label": None,
                "tracking_code": None, "tracker": None, "selected_rate": None,
                "refund_status": None}  # fmt: skip
        if name in self.sold:
            told |= {
                "tracking_code": f"9400{name}",
                "tracker": {
                    "object": "Tracker",
                    "id": "trk_1",
                    "status": "delivered" if name in self.arrived else "in_transit",
                    "public_url": f"https://track.example/{name}",
                },
                "postage_label": {
                    "object": "PostageLabel",
                    "id": "pl_1",
                    "label_url": f"{self.address}/label.pdf",
                },
                "selected_rate": rates[0],
            }
        return told

    def say(self, request, status, body, kind="application/json"):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            request.send_response(status)
            request.send_header("Content-Type", kind)
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content)
        except OSError:
            pass  # nobody listens any more

    def close(self):
        """Let who waits go on, and stop."""
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()
