import { connect } from './app/connect.ts';
import { startApp } from './app/start.ts';

startApp(await connect());
