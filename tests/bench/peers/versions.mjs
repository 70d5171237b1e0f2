// Where a program is, and what it says of itself.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

// The path of a command, or undefined; /usr/sbin may be off the path of a person who is not root.
export function onPath(command) {
  return [...(process.env.PATH ?? '').split(':'), '/usr/sbin']
    .map((folder) => join(folder, command))
    .find(isProgram)
}

export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

// The first line a command says, on either output.
export function firstLine(command, args) {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 10000 })
  if (error) throw error
  return (stdout + stderr).trim().split('\n')[0]
}
