"""Embedded Cassandra: the real server, its jars from Maven, as one JVM on 127.0.0.1.

with Cassandra(data_dir=tmp / "cassandra") as cassandra:
    Cluster(["127.0.0.1"], port=cassandra.port)
"""

import signal
import sys
from pathlib import Path
from string import Template
from typing import Self

from local import java
from local.process import CannotStart, Child, answers, free_port, tail

_ROOT = Path(__file__).resolve().parent.parent

# 512 MB take 600 to 700 MB of memory in all; below 256 MB it spends its time collecting garbage.
HEAP = "512m"
_OPENED = {
    "java.base": "java.io java.lang java.lang.module java.nio java.util java.util.concurrent "
    "java.util.concurrent.atomic jdk.internal.loader jdk.internal.math jdk.internal.misc jdk.internal.module "
    "jdk.internal.ref jdk.internal.reflect jdk.internal.util.jar sun.nio.ch",
    "java.management.rmi": "com.sun.jmx.remote.internal.rmi",
    "java.rmi": "sun.rmi.registry sun.rmi.server sun.rmi.transport.tcp",
    "jdk.management": "com.sun.management.internal",
}
# Alone in its ring there is nobody to wait for: 4 s instead of 40. No JMX port is named, so none is opened.
_PROPERTIES = {
    "cassandra-foreground": "yes",
    "cassandra.ring_delay_ms": "0",
    "cassandra.skip_wait_for_gossip_to_settle": "0",
    "io.netty.tryReflectionSetAccessible": "true",
    "jdk.attach.allowAttachSelf": "true",
}
_CONFIGURATION = Template("""\
cluster_name: convoke
num_tokens: 1
initial_token: 0
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{seeds: "127.0.0.1:$ring_port"}]
listen_address: 127.0.0.1
storage_port: $ring_port
rpc_address: 127.0.0.1
native_transport_port: $port
data_file_directories: ["$folder/data"]
commitlog_directory: "$folder/commitlog"
saved_caches_directory: "$folder/saved_caches"
hints_directory: "$folder/hints"
cdc_raw_directory: "$folder/cdc_raw"
# The default, periodic, confirms what a kill in the next 100 ms takes away again; batch syncs at every write.
commitlog_sync: group
commitlog_sync_group_window: 2ms
# Each waits for that sync, so the default of 32 would be too few; of 256 most only change places.
concurrent_writes: 64
commitlog_segment_size: 8MiB
# What Keyspaces allows a row; and what cannot be written anymore is said, not swallowed.
max_mutation_size: 1MiB
commit_failure_policy: stop
disk_failure_policy: stop
auto_snapshot: false
# Half the processor time of the default for many small partitions, and little for the collector to look at.
memtable: {configurations: {default: {class_name: TrieMemtable}}}
memtable_allocation_type: offheap_objects
memtable_heap_space: 128MiB
memtable_offheap_space: 128MiB
""")
_LOGGING = """\
<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{ISO8601, UTC} %-5level %logger{0} %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="out"/></root>
  <logger name="org.apache.cassandra.service.CassandraDaemon" level="INFO"/>
  <!-- A line for every batch over several partitions, which ours are on purpose. -->
  <logger name="org.apache.cassandra.cql3.statements.BatchStatement" level="ERROR"/>
</configuration>
"""


class Cassandra:
    """`data_dir` keeps the data and the logs; `port` 0 takes a free one at once, and keeps it.

    `durable=False` is for tests: `stop` kills it, which takes no time where an orderly end takes 4 s.
    """

    def __init__(self, data_dir: Path, port: int = 0, *, durable: bool = True) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.port = port or free_port()
        self.durable = durable
        self._child: Child | None = None

    @property
    def hosts(self) -> str:
        """As CASSANDRA_HOSTS has it."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> Self:
        self.launch()
        self.wait()
        return self

    def launch(self) -> None:
        """Starts the server without waiting for it. Fetches its jars first where they are missing."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if not java.present():
            self._fetch()
        runtime, jars = java.java(), java.jars()
        configuration, logging = self.data_dir / "cassandra.yaml", self.data_dir / "logback.xml"
        configuration.write_text(
            _CONFIGURATION.substitute(port=self.port, ring_port=free_port(), folder=self.data_dir)
        )
        logging.write_text(_LOGGING)
        command = [str(runtime), f"-Xmx{HEAP}", "-Xms256m", "-Xss512k", "-XX:+UseSerialGC"]
        command += ["-XX:MaxDirectMemorySize=256m", "-XX:+ExitOnOutOfMemoryError"]
        for module, packages in _OPENED.items():
            for package in packages.split():
                command += ["--add-opens", f"{module}/{package}=ALL-UNNAMED"]
        properties = _PROPERTIES | {
            "cassandra.config": configuration.as_uri(),
            "cassandra.storagedir": str(self.data_dir),
            "logback.configurationFile": logging.as_uri(),
        }
        command += [f"-D{name}={value}" for name, value in properties.items()]
        command += ["-cp", f"{jars}/*", "org.apache.cassandra.service.CassandraDaemon"]
        self._child = Child(
            command, log=self.data_dir / "cassandra.log", death_signal=signal.SIGTERM, cwd=self.data_dir
        )

    def wait(self) -> None:
        """Blocks until it listens for CQL, which it does last of all."""
        child = self._child  # stop() may come from another thread
        if child is None:
            raise CannotStart("Cassandra was not launched")
        child.wait_until(lambda: answers("127.0.0.1", self.port), what="Cassandra", seconds=120)

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop(first=signal.SIGTERM if self.durable else signal.SIGKILL, grace=20)
            self._child = None

    def kill(self) -> None:
        """What kill -9 does to it."""
        if self._child is not None:
            self._child.kill()
            self._child.popen.wait()
            self._child = None

    def _fetch(self) -> None:
        """In a process of its own, which `stop` can end."""
        log = self.data_dir / "maven.log"
        fetching = self._child = Child([sys.executable, "-m", "local.java"], log=log, cwd=_ROOT)
        if fetching.popen.wait():
            raise CannotStart(tail(log))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
