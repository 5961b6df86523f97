import { connect } from './app/connect.ts';
import { showFailure, startApp } from './app/start.ts';

connect().then(startApp).catch(showFailure);
