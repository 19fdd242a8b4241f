"""Chromium without a window, driven by the WebDriver protocol (https://www.w3.org/TR/webdriver2/).

It has a fresh profile under the folder that is named, and nothing that talks to a network by itself.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-prefers-reduced-motion",
]
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window. A context manager, so that nothing is left running."""

    def __init__(self, folder):
        home = os.path.join(folder, "home")
        os.makedirs(home, exist_ok=True)
        # Chromium's sockets lie here, whose paths must be short; removed with the browser.
        self._short = tempfile.mkdtemp(prefix="assay-", dir="/tmp")
        environment = {"PATH": "/usr/bin:/bin", "HOME": home, "TMPDIR": self._short, "LANG": "C.UTF-8"}
        self._driver = subprocess.Popen(
            ["/usr/bin/chromedriver", "--port=0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._base = "http://127.0.0.1:%d" % self._port()
        capabilities = {
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": "/usr/bin/chromium",
                "args": _ARGUMENTS + ["--user-data-dir=" + os.path.join(folder, "profile")],
            },
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self._session = "/session/" + session["sessionId"]

    def _port(self):
        said = ""
        for line in self._driver.stdout:
            said += line
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return int(found.group(1))
        raise RuntimeError("expected chromedriver to start, it said: " + said)

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        # No proxy: it is this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._call("DELETE", self._session)
        finally:
            self._driver.terminate()
            self._driver.wait()
            self._driver.stdout.close()
            shutil.rmtree(self._short, ignore_errors=True)

    def open(self, path):
        """Opens a file from disk, and returns when it is loaded."""
        self._call("POST", self._session + "/url", {"url": "file://" + os.path.abspath(path)})

    def run(self, script, *arguments):
        """What the script returns."""
        body = {"script": script, "args": list(arguments)}
        return self._call("POST", self._session + "/execute/sync", body)

    def _element(self, selector):
        body = {"using": "css selector", "value": selector}
        return self._call("POST", self._session + "/element", body)[_ELEMENT]

    def click(self, selector):
        """As a person does: it must be there, visible, and not covered."""
        self._call("POST", f"{self._session}/element/{self._element(selector)}/click", {})

    def keys(self, selector, keys):
        """Types into an element."""
        path = f"{self._session}/element/{self._element(selector)}/value"
        self._call("POST", path, {"text": keys})

    def press(self, key):
        """Presses a key on whatever has the focus."""
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        body = {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}
        self._call("POST", self._session + "/actions", body)

    def devtools(self, command, **parameters):
        """A command of the Chrome DevTools protocol."""
        body = {"cmd": command, "params": parameters}
        return self._call("POST", self._session + "/goog/cdp/execute", body)

    def log(self, kind):
        """What was logged since the last call: `browser` (the console) or `performance`."""
        return self._call("POST", self._session + "/se/log", {"type": kind})

    def requests(self):
        """The addresses of all requests since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def resize(self, width, height):
        """The size of what a page sees."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, scheme):
        """`light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.devtools("Emulation.setEmulatedMedia", media="", features=features)

    def screenshot(self, path, whole=False):
        """Writes a PNG of the window, or of the whole page."""
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def pdf(self, path):
        """Writes the page as it is printed."""
        printed = self.devtools("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)
        with open(path, "wb") as file:
            file.write(base64.b64decode(printed["data"]))
