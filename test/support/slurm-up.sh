#!/usr/bin/env bash
# Starts a SLURM of one node for tests, as root and without systemd, with configuration, keys, sockets, logs and state all in one
# folder: slurm-up.sh FOLDER CONTROLLER_PORT NODE_PORT. Its clients are told by SLURM_CONF=FOLDER/slurm.conf. Debian and Ubuntu.
set -euo pipefail
folder=$1 controller_port=$2 node_port=$3
host=$(hostname -s)
export DEBIAN_FRONTEND=noninteractive SLURM_CONF=$folder/slurm.conf

if ! command -v slurmctld slurmd munged >/dev/null; then
  apt-get update -q >/dev/null
  # Some 4 MB.
  apt-get install -y -q --no-install-recommends slurm-wlm munge >/dev/null
fi
# Installed, but outside the path of users.
PATH=$PATH:/usr/sbin:/sbin

mkdir -p "$folder"/{state,spool,log}
chmod 755 "$folder" "$folder"/*
(umask 077 && head -c 128 /dev/urandom >"$folder/munge.key")
munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
  --log-file="$folder/log/munged.log" --seed-file="$folder/munged.seed"

# No cgroups, which containers often lack. A requeued job is held for cred_expire + 1 seconds.
cat >"$SLURM_CONF" <<CONF
ClusterName=masq
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=100000
PriorityType=priority/basic
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=0
MaxArraySize=2
KillWait=10
InactiveLimit=0
SlurmdParameters=config_overrides
NodeName=node NodeHostname=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
slurmctld
slurmd -N node

for _ in $(seq 100); do
  case "$(sinfo -h -o %t 2>/dev/null || true)" in idle | mix | alloc) exit 0 ;; esac
  sleep 0.1
done
echo "the node does not become ready:" >&2
tail -n 5 "$folder"/log/*.log >&2
exit 1
