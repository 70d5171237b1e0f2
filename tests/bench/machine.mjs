// The machine a run is made on.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

export function describeMachine(directory) {
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
  return {
    processor: cpus()[0].model.trim(),
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system,
    kernel: release(),
    filesystem: said('df', ['--output=fstype', directory]),
    disk: said('df', ['--output=source', directory]),
    virtual: / hypervisor /.test(readFileSync('/proc/cpuinfo', 'utf8').replaceAll('\n', ' ')),
  }
}

export function machineText(machine) {
  const { processor, cores, memory_gib: memory, system, kernel, filesystem, disk } = machine
  const kind = machine.virtual ? 'virtual machine, ' : ''
  const size = `${cores} cores, ${memory} GiB`
  return `${kind}${processor}, ${size}, ${system}, Linux ${kernel}, ${filesystem} on ${disk}`
}

// The last line a command says.
function said(command, args) {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' })
  return (stdout ?? '').trim().split('\n').pop().trim()
}
