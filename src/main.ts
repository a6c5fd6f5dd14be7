console.log('probity');
