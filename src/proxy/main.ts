#!/usr/bin/env node
import { destination } from 'pino';
