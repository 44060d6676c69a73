"""A headless Chromium that opens files, through Debian's python3-selenium and chromium-driver.

    if browser.missing(): skip
    with Browser() as chromium:
        chromium.open(path)
        chromium.run("return document.title")

It has a profile and a home of its own, and tells of everything that it wanted from the network.
"""

import base64
import json
import os
import shutil

import runner

try:
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    webdriver = None

_DRIVER = "/usr/bin/chromedriver"

# How long a page may take for what it does itself.
_PATIENCE = 120
_POLL_SECONDS = 0.01
_STARTS = 3

# It need not protect us from our own files, and containers seldom let it make its sandbox.
_ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
              "--disable-quic", "--no-first-run", "--disable-background-networking",
              "--disable-component-update", "--disable-sync"]


def missing():
    """What is not installed, as a sentence; None: all is there."""
    if webdriver is None:
        return "no selenium for this python3 (Debian package python3-selenium)"
    if not os.access(_DRIVER, os.X_OK):
        return f"no {_DRIVER} (Debian package chromium-driver)"
    if not shutil.which("chromium"):
        return "no chromium (Debian package chromium)"
    return None


class Browser:

    def __enter__(self):
        self._directory = runner.Folder(prefix="qr-browser-",
                                                      ignore_cleanup_errors=True)
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in [*_ARGUMENTS, f"--user-data-dir={self._directory.name}/profile"]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        environment = os.environ | {"HOME": self._directory.name}
        try:
            self._driver = self._start(options, environment)
        except BaseException:
            self._directory.cleanup()
            raise
        return self

    @staticmethod
    def _start(options, environment):
        """Its own time for that may not be enough on a busy machine."""
        for left in reversed(range(_STARTS)):
            try:
                return webdriver.Chrome(service=Service(_DRIVER, env=environment), options=options)
            except WebDriverException:
                if left == 0:
                    raise
        return None

    def __exit__(self, *_):
        self._driver.quit()
        self._directory.cleanup()

    def command(self, name, **parameters):
        """A command of the DevTools protocol."""
        return self._driver.execute_cdp_cmd(name, parameters)

    def show_as(self, width=1280, height=900, scheme="light", media="", scripts=True):
        """How pages are shown from now on."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height,
                     deviceScaleFactor=1, mobile=width < 600)
        self.command("Emulation.setEmulatedMedia", media=media,
                     features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.command("Emulation.setScriptExecutionDisabled", value=not scripts)

    def open(self, path):
        self.logs()
        self.requests()
        self._driver.get(f"file://{path}")

    def run(self, script, *arguments):
        return self._driver.execute_script(script, *arguments)

    def find(self, selector):
        return self._driver.find_elements(By.CSS_SELECTOR, selector)

    def url(self):
        return self._driver.current_url

    def wait_for(self, script):
        """Until the script returns something true."""
        self.wait_until(lambda: self.run(script))

    @staticmethod
    def wait_until(condition):
        """For what the page does behind a click. What the condition returned then."""
        return WebDriverWait(None, _PATIENCE, _POLL_SECONDS).until(lambda _: condition())

    def press(self, element, key):
        """A key by its name in selenium: "ENTER", "SPACE", "TAB"."""
        element.send_keys(getattr(Keys, key))

    def logs(self):
        """What the console has got since the last call."""
        return [entry["message"] for entry in self._driver.get_log("browser")]

    def requests(self):
        """The addresses that were asked for since the last call."""
        found = []
        for entry in self._driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return found

    def pdf(self):
        return base64.b64decode(self.command("Page.printToPDF", printBackground=True)["data"])

    def screenshot(self, path):
        data = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(data["data"]))
