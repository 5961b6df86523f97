import { connect } from './shared/connect.ts';
import { showFailure, startApp } from './app/start.ts';

connect().then(startApp).catch(showFailure);
