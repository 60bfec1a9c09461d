export { freePorts } from '../../src/sandbox/free-ports.ts';
