"""Owns the check of the manifests: against Kubernetes' schemas, and against the binary that they run.

    check.py BINARY FOLDER              every file of the folder
    check.py BINARY FOLDER --self-test  spoils one thing after the other in a copy, and wants each to be found

What no schema knows is asked of the binary itself: its command line (--check), what it has for its end, what it serves.
"""

import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import kubernetes_validate
import yaml

# The first where preStop's sleep is on without a switch, and the newest that there are schemas for.
KUBERNETES = ("1.30", kubernetes_validate.latest_version())
# Slack takes no more of an app; one place is left free for a connection that is being renewed.
CONNECTIONS_MAX = 10 - 1
# Before it, compare-and-set lets several writers win.
NATS_OLDEST = (2, 12)
BINARY_TIMEOUT_S = 20
# What was heard of the binary, by role and path.
ANSWERS = {}


class Checked:
    """What was found in one folder."""

    def __init__(self, binary, folder):
        self.binary, self.folder, self.found = binary, pathlib.Path(folder), []
        self.resources = 0
        for path in sorted(self.folder.glob("*.yaml")):
            values = path.name.startswith("nats-values")
            (self.values if values else self.manifest)(path)

    def say(self, path, what):
        self.found.append(f"{path.name}: {what}")

    # --- NATS's chart

    def values(self, path):
        values = yaml.safe_load(path.read_text())
        tag = values["container"]["image"]["tag"]
        if tuple(int(number) for number in tag.split("-")[0].split(".")[:2]) < NATS_OLDEST:
            self.say(path, f"NATS {tag} is too old")
        if not values["config"]["jetstream"]["enabled"]:
            self.say(path, "without JetStream there is no queue")
        if "sync_interval" not in values["config"]["jetstream"]["merge"]:
            self.say(path, "says nothing of sync_interval")

    def servers(self):
        return yaml.safe_load((self.folder / "nats-values.yaml").read_text())["config"]["cluster"]["replicas"]

    # --- the manifests

    def manifest(self, path):
        resources = [resource for resource in yaml.safe_load_all(path.read_text()) if resource]
        self.resources += len(resources)
        before = len(self.found)
        for resource in resources:
            self.schema(path, resource)
        if len(self.found) > before:
            return  # what has not even the right types has no relations
        of_kind = lambda kind: [resource for resource in resources if resource.get("kind") == kind]
        nodes = []
        for deployment in of_kind("Deployment"):
            node = self.deployment(path, deployment)
            if node:
                nodes.append(node)
        for budget in of_kind("PodDisruptionBudget"):
            self.budget(path, budget, of_kind("Deployment"))
        for service in of_kind("Service"):
            self.service(path, service, of_kind("Deployment"))
        self.together(path, nodes)

    def schema(self, path, resource):
        for version in KUBERNETES:
            try:
                kubernetes_validate.validate(resource, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                where = ".".join(str(item) for item in error.path)
                self.say(path, f"{resource.get('kind')}, Kubernetes {version}, {where}: {error.message[:200]}")
            except Exception as error:  # an unknown kind, for instance
                self.say(path, f"{resource.get('kind')}, Kubernetes {version}: {error!r}")

    def deployment(self, path, deployment):
        name, spec = deployment["metadata"]["name"], deployment["spec"]
        say = lambda what: self.say(path, f"{name}: {what}")
        template = spec["template"]
        if not spec["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items():
            say("its selector does not select its pods")
        pod = template["spec"]
        [container] = pod["containers"]
        if ":" not in container["image"] or container["image"].endswith(":latest"):
            say("the image is not pinned")
        node = self.ask(say, container["args"])
        if not node:
            return None
        self.time_to_end(say, pod, container, node)
        self.probes(say, container, node)
        self.secrets(say, container, node)
        self.places(say, spec, node)
        return node

    def ask(self, say, args):
        """The binary's own word on these arguments."""
        asked = subprocess.run([self.binary, *args, "--check"], capture_output=True, text=True, timeout=BINARY_TIMEOUT_S, env={})
        if asked.returncode != 0:
            say(f"the binary refuses {' '.join(args)}: {asked.stderr.strip().splitlines()[:1]}")
            return None
        return json.loads(asked.stdout)

    def time_to_end(self, say, pod, container, node):
        stop = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        needed, given = stop + node["ends_within_ms"] / 1000, pod.get("terminationGracePeriodSeconds", 30)
        if given <= needed:
            say(f"killed after {given} s, while its end may take {needed:g} s")
        if node["role"] == "http" and stop < 3:
            say("taken out of its Service only after it has stopped answering")

    def probes(self, say, container, node):
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        health = int(node["health"].rsplit(":", 1)[1])
        for address in filter(None, (node["health"], node["http"])):
            if not address.startswith("0.0.0.0:"):
                say(f"nobody outside of the pod reaches {address}")
            if int(address.rsplit(":", 1)[1]) not in ports.values():
                say(f"{address} is no port of the container's")
        for probe, path in (("livenessProbe", "/live"), ("readinessProbe", "/ready")):
            get = container.get(probe, {}).get("httpGet")
            if not get:
                say(f"there is no {probe}")
            elif ports.get(get["port"], get["port"]) != health:
                say(f"{probe} asks port {get['port']}, and {health} answers")
            elif get["path"] != path:
                say(f"{probe} asks for {get['path']}, not {path}")
            elif self.answer(node["role"], path) not in (200, 503):
                say(f"{path} is not served: {self.answer(node['role'], path)}")

    def answer(self, role, path):
        """What a node of this role answers, before it has anything that it needs."""
        if (role, path) not in ANSWERS:
            with running(self.binary, role) as address:
                for one in ("/live", "/ready", "/metrics", "/nowhere"):
                    ANSWERS[role, one] = status(address, one)
            if ANSWERS[role, "/nowhere"] != 404:
                ANSWERS[role, path] = "whatever is asked for"
        return ANSWERS[role, path]

    def secrets(self, say, container, node):
        given = {entry["name"] for entry in container.get("env", [])}
        needed = {"http": {"SLACK_SIGNING_SECRET"}, "worker": set()}.get(node["role"], {"SLACK_APP_TOKEN"})
        if given != needed:
            say(f"has {sorted(given)} in its environment, needs {sorted(needed)}")
        if any("secretKeyRef" not in entry.get("valueFrom", {}) for entry in container.get("env", [])):
            say("a secret stands in the manifest")

    def places(self, say, spec, node):
        strategy, replicas = spec["strategy"]["type"], spec["replicas"]
        receivers = node["receivers"]
        if node["engine"] == "in-process":
            # Each such replica elects itself.
            if replicas != 1 or strategy != "Recreate":
                say("replicas that do not share an engine all receive: replicas: 1 and Recreate")
        elif node["stored_on"] != self.servers():
            say(f"stored on {node['stored_on']} servers, and there are {self.servers()}")
        elif receivers and replicas <= receivers["places"]:
            say(f"{replicas} replicas for {receivers['places']} places: nobody is there to take over")

    def together(self, path, nodes):
        places = sum(node["receivers"]["places"] for node in nodes if node["receivers"])
        if places > CONNECTIONS_MAX:
            self.say(path, f"{places} connections, and {CONNECTIONS_MAX} leave one for a renewal")
        for what in ("engine", "name", "stored_on", "ack_wait_ms"):
            if len({node[what] for node in nodes} - {None}) > 1:
                self.say(path, f"the nodes differ in {what}")
        groups = [node["receivers"]["group"] for node in nodes if node["receivers"]]
        if len(groups) != len(set(groups)):
            self.say(path, "two Deployments compete in one group")

    # --- what points at pods

    def selected(self, selector, deployments):
        return [one for one in deployments if selector.items() <= one["spec"]["template"]["metadata"]["labels"].items()]

    def budget(self, path, budget, deployments):
        name = budget["metadata"]["name"]
        selected = self.selected(budget["spec"]["selector"]["matchLabels"], deployments)
        if len(selected) != 1:
            self.say(path, f"the budget {name} is for {len(selected)} Deployments")
        elif budget["spec"].get("minAvailable", 0) >= selected[0]["spec"]["replicas"]:
            self.say(path, f"the budget {name} lets no machine be emptied")

    def service(self, path, service, deployments):
        name = service["metadata"]["name"]
        selected = self.selected(service["spec"]["selector"], deployments)
        ports = {port["name"] for one in selected for port in one["spec"]["template"]["spec"]["containers"][0]["ports"]}
        if not selected or any(port["targetPort"] not in ports for port in service["spec"]["ports"]):
            self.say(path, f"the service {name} leads nowhere")


@contextlib.contextmanager
def running(binary, role):
    """A node of this role, where there is neither a NATS server nor Slack: the address of its health."""
    args = ["--role", role, "--engine=in-process", "--health=127.0.0.1:0", "--http=127.0.0.1:0", "--slack-endpoint=http://127.0.0.1:9/"]
    secrets = {"SLACK_APP_TOKEN": "xapp-test", "SLACK_SIGNING_SECRET": "test"}
    node = subprocess.Popen([binary, *args], stdout=subprocess.PIPE, text=True, env=secrets)
    try:
        yield next(line["address"] for line in map(json.loads, node.stdout) if line["what"] == "serves-health")
    finally:
        node.kill()
        node.wait()


def status(address, path):
    try:
        return urllib.request.urlopen(f"http://{address}{path}", timeout=BINARY_TIMEOUT_S).status
    except urllib.error.HTTPError as error:
        return error.code


# What is spoiled: file, what stands there, what is to stand there.
SPOILED = (
    ("one-receiver.yaml", "replicas: 3", "replicas: three"),
    ("one-receiver.yaml", "livenessProbe:", "livenesProbe:"),
    ("one-receiver.yaml", "apiVersion: policy/v1", "apiVersion: policy/v1beta1"),
    ("one-receiver.yaml", "terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 23"),
    ("one-receiver.yaml", "--receivers=1", "--receiver=1"),
    ("one-receiver.yaml", "--finish=20s", "--finish=soon"),
    ("one-receiver.yaml", "path: /live", "path: /alive"),
    ("one-receiver.yaml", "path: /ready, port: health", "path: /ready, port: 8081"),
    ("one-receiver.yaml", "--health=0.0.0.0:8080", "--health=127.0.0.1:8080"),
    ("one-receiver.yaml", "minAvailable: 2", "minAvailable: 3"),
    ("one-receiver.yaml", "relink-cluster-node:0.1.0", "relink-cluster-node"),
    ("one-receiver.yaml", "name: SLACK_APP_TOKEN", "name: SLACK_TOKEN"),
    ("one-receiver.yaml", "app.kubernetes.io/component: worker}\n  template", "app.kubernetes.io/component: work}\n  template"),
    ("one-receiver.yaml", "--receivers=1", "--receivers=3"),
    ("one-replica.yaml", "type: Recreate", "type: RollingUpdate"),
    ("one-replica.yaml", "replicas: 1", "replicas: 2"),
    ("regions.yaml", "--group=us", "--group=eu"),
    ("regions.yaml", "--receivers=3", "--receivers=7"),
    ("http.yaml", "preStop: {sleep: {seconds: 5}}", "preStop: {sleep: {seconds: 25}}"),
    ("http.yaml", "preStop: {sleep: {seconds: 5}}", "preStop: {sleep: {seconds: 1}}"),
    ("http.yaml", "targetPort: http", "targetPort: https"),
    ("nats-values.yaml", "2.15.1-alpine", "2.9.10-alpine"),
    ("nats-values.yaml", "replicas: 3", "replicas: 2"),
)


def self_test(binary, folder):
    missed = 0
    for name, was, spoiled in SPOILED:
        with tempfile.TemporaryDirectory() as copy:
            for path in pathlib.Path(folder).glob("*.yaml"):
                (pathlib.Path(copy) / path.name).write_text(path.read_text())
            path = pathlib.Path(copy) / name
            text = path.read_text()
            if was not in text:
                print(f"FAILED: {name} has no {was!r} to be spoiled", file=sys.stderr)
                missed += 1
                continue
            path.write_text(text.replace(was, spoiled, 1))
            found = Checked(binary, copy).found
        if not found:
            print(f"FAILED: {name} with {spoiled!r} is not found out", file=sys.stderr)
            missed += 1
    print(f"{len(SPOILED) - missed} of {len(SPOILED)} spoiled manifests are found out")
    return missed


def main(binary, folder, *options):
    if "--self-test" in options:
        return self_test(binary, folder)
    checked = Checked(binary, folder)
    for what in checked.found:
        print(f"FAILED: {what}", file=sys.stderr)
    versions = " and ".join(KUBERNETES)
    print(f"{checked.resources} resources against the schemas of Kubernetes {versions} and the binary: {len(checked.found)} faults")
    return len(checked.found)


if __name__ == "__main__":
    sys.exit(1 if main(*sys.argv[1:]) else 0)
